package import Settings

/// The image of a runner: what the checks need, in layers ordered by how seldom they change.
package struct Containerfile: Sendable {
    /// An environment that is made when the image is built.
    package struct Environment: Sendable {
        package var name: String
        /// The line that makes it.
        package var setup: String
        /// The files of the repository that decide what it holds; nothing else is there when it is made.
        package var files: [String]
        /// What it consists of.
        package var paths: [String]

        /// Creates one.
        package init(name: String, setup: String, files: [String], paths: [String]) {
            self.name = name
            self.setup = setup
            self.files = files
            self.paths = paths
        }
    }

    private let base: String
    private let packages: [String]
    private let setup: [String]
    private let environments: [Environment]

    /// Describes an image.
    ///
    /// - Throws: `ImageProblem` when the base is not named, or by a tag alone.
    package init(settings: Settings, environments: [Environment]) throws(ImageProblem) {
        guard let base = settings[CIKeys.base] else { throw .noBase }
        guard Containerfile.hasDigest(base) else { throw .noDigest(base) }
        self.base = base
        let named = settings[CIKeys.package]
        // git-validate is of no use without git; git speaks to nobody without certificates.
        let always = ["ca-certificates", "git"].filter { word in
            !named.contains { $0 == word || $0.hasPrefix(word + "=") }
        }
        packages = (always + named).uniqued().sorted()
        setup = settings[CIKeys.setup]
        self.environments = environments
    }

    private static func hasDigest(_ image: String) -> Bool {
        guard let mark = image.firstRange(of: "@sha256:"), mark.lowerBound > image.startIndex else { return false }
        let digits = image[mark.upperBound...]
        return digits.count == 64 && digits.allSatisfy { $0.isHexDigit && !$0.isUppercase }
    }

    /// The first line of every file of this kind.
    package static let title = "# Made by 'git validate ci image' from .gitpatch; change that and type it again."

    /// The file.
    package var text: String {
        var slugs = Slugs(reserved: [])
        let places = environments.map { "/opt/warm/" + slugs.slug(of: [$0.name]) }
        var lines = [Containerfile.title, "FROM \(base)", ""]
        lines += system(places)
        if !setup.isEmpty {
            lines += ["", "# The lines of ci.setup.", "WORKDIR /opt/warm"] + Containerfile.run(setup)
        }
        // By number, so that a host that forbids root can tell.
        lines += ["", "USER 10001"]
        for (environment, place) in zip(environments, places) {
            lines += ["", "# Environment \(Containerfile.comment(environment.name)). To have it in a checkout:"]
            lines += environment.paths.map { "# cp -a \(Quoting.shell("\(place)/\($0)")) \(Quoting.shell($0))" }
                .map(Containerfile.comment)
            lines.append("WORKDIR \(place)")
            lines += Containerfile.copies(environment.files)
            lines += Containerfile.run([environment.setup])
        }
        lines += ["", "WORKDIR /home/checks"]
        return lines.joined(separator: "\n") + "\n"
    }

    /// The layer that changes least: packages, the user, and folders that are this user's.
    private func system(_ places: [String]) -> [String] {
        let family = Family(base: base)
        let words = packages.map(Quoting.shell).joined(separator: " ")
        var lines: [String] = []
        if packages.contains(where: { !$0.contains("=") }) {
            lines += [
                "# Archives drop old versions, so a pinned one ends builds; NAME=VERSION in ci.package pins all the same.",
                "# hadolint ignore=\(family.pinningRule)",
            ]
        }
        lines.append("RUN \(family.install(words)) \\")
        lines.append("    && \(family.addUser) \\")
        let folders = (["/opt/warm"] + places).joined(separator: " ")
        return lines + ["    && mkdir -p \(folders) \\", "    && chown checks:checks \(folders)"]
    }

    /// Lines for a shell that stops at the first that fails; as an array nothing in them means anything to the builder.
    private static func run(_ lines: [String]) -> [String] {
        // The shell is the one that runs these lines anywhere else, and that has no such option everywhere.
        let hasPipe = lines.contains { $0.replacing("||", with: "").contains("|") }
        let word =
            hasPipe
            ? ["# A pipe ends as its last command does, as wherever these lines run.", "# hadolint ignore=DL4006"] : []
        return word + ["RUN [\"/bin/sh\", \"-ec\", \(json(lines.joined(separator: "\n")))]"]
    }

    private static func copies(_ files: [String]) -> [String] {
        let folders = files.map { $0.split(separator: "/").dropLast().joined(separator: "/") }
        return folders.uniqued().map { folder in
            let sources = zip(files, folders).filter { $0.1 == folder }.map { json(escaped($0.0)) }
            let target = json(folder.isEmpty ? "./" : escaped(folder, isPattern: false) + "/")
            return "COPY --chown=checks:checks [\(sources.joined(separator: ", ")), \(target)]"
        }
    }

    /// A path for COPY, which knows patterns and variables.
    private static func escaped(_ path: String, isPattern: Bool = true) -> String {
        var text = ""
        for letter in path {
            if letter == "$" {
                text += "\\$"
            } else if isPattern, "*?[".contains(letter) {
                text += "[\(letter)]"
            } else {
                text.append(letter)
            }
        }
        return text
    }

    private static func comment(_ text: String) -> String {
        String(text.map { $0.isNewline || $0 == "\\" ? " " : $0 })
    }

    /// What YAML takes for a text in double quotes JSON takes, too.
    private static func json(_ text: String) -> String { Quoting.yamlQuoted(text) }
}
