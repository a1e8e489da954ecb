import GitValues

extension Containerfile {
    /// How the systems of base images install packages and make users.
    enum Family {
        case debian
        case alpine
        case fedora

        /// Tells the family by the image's name; what is not known is taken for a relative of Debian, as most are.
        init(base: String) {
            let name = base.prefix { $0 != "@" }.lowercased()
            let relatives = ["fedora", "centos", "rockylinux", "almalinux", "/ubi", "amazonlinux"]
            if name.contains("alpine") {
                self = .alpine
            } else {
                self = relatives.contains(where: name.contains) ? .fedora : .debian
            }
        }

        /// The rule of hadolint that asks for pinned versions.
        var pinningRule: String {
            switch self {
            case .debian: "DL3008"
            case .alpine: "DL3018"
            case .fedora: "DL3041"
            }
        }

        /// The commands that install packages and leave no lists behind.
        func install(_ words: String) -> String {
            switch self {
            case .debian:
                "apt-get update && apt-get install -y --no-install-recommends \(words) && rm -rf /var/lib/apt/lists/*"
            case .alpine: "apk add --no-cache \(words)"
            case .fedora: "dnf install -y \(words) && dnf clean all"
            }
        }

        /// The command that makes the user the checks run as; the number is one that no image uses by itself.
        var addUser: String {
            switch self {
            case .alpine: "adduser -D -u 10001 checks"
            case .debian, .fedora: "useradd --no-log-init --create-home --uid 10001 checks"
            }
        }
    }
}

/// Why there is no image to describe.
package enum ImageProblem: ProblemReport {
    case noBase
    case noDigest(String)
    case foreignFile(String)
    case stale(String)
    case cannotWrite(path: String, reason: String)

    package var problemCode: String {
        switch self {
        case .noBase: "no-base"
        case .noDigest: "no-digest"
        case .foreignFile: "foreign-file"
        case .stale: "stale"
        case .cannotWrite: "cannot-write"
        }
    }

    package var exitStatus: Int32 {
        switch self {
        case .noBase, .noDigest: 78
        case .foreignFile, .stale: 1
        case .cannotWrite: 69
        }
    }

    package var problemPaths: [String] {
        switch self {
        case .noBase, .noDigest: []
        case .foreignFile(let path), .stale(let path), .cannotWrite(let path, _): [path]
        }
    }

    package var description: String {
        switch self {
        case .noBase: "no image to start from: ci.base is not set"
        case .noDigest(let base): "ci.base '\(base)' has no digest, so it may be another image tomorrow"
        case .foreignFile(let path): "'\(path)' was not made by this command"
        case .stale(let path): "'\(path)' is not what .gitpatch asks for"
        case .cannotWrite(let path, let reason): "cannot write '\(path)': \(reason)"
        }
    }

    package var hints: [String] {
        switch self {
        case .noBase, .noDigest:
            [
                "name it in .gitpatch under [ci]: base = debian:12-slim@sha256:…",
                "the digest is told by: skopeo inspect --format '{{.Digest}}' docker://debian:12-slim",
            ]
        case .foreignFile: ["move it away, or choose another place with --output"]
        case .stale: ["type 'git validate ci image' and commit the file"]
        case .cannotWrite: []
        }
    }
}
