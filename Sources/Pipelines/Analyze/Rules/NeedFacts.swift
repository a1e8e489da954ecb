/// What of a job decides whether it takes something from another one; gathered once.
struct NeedFacts {
    /// The jobs whose outputs or results its expressions name.
    let named: Set<String>
    private let calls: Bool
    /// Whether a step of it may pass files without saying so.
    private let mayPass: Bool
    private let givesArtifact: Bool
    private let takesArtifact: Bool
    private let cacheKeys: Set<String>
    private let pushesImage: Bool
    private let usesImage: Bool
    private let usesStorage: Bool
    /// Whether it changes something that other jobs may look at without any file of it: a server, a cluster, a release.
    private let actsOutside: Bool

    init(_ job: Workflow.Job, in workflow: Workflow) {
        let texts = job.texts.map(\.text)
        named = texts.reduce(into: []) { $0.formUnion(NeedFacts.names(in: $1)) }
        calls = job.calls != nil
        mayPass = calls || job.steps.contains { !$0.isInert }
        givesArtifact = texts.contains { $0.contains("artifact") && !$0.contains("download-artifact") }
        takesArtifact = texts.contains { text in
            (text.contains("artifact") && !text.contains("upload-artifact")) || text.contains("gh run download")
        }
        cacheKeys = Set(job.steps.compactMap { $0.input("key") })
        pushesImage =
            job.mentions("docker push", "docker buildx", "podman push")
            || job.steps.contains { step in
                step.action == "docker/build-push-action" && step.input("push") != "false"
            }
        usesImage = job.node["container"] != nil || job.node["services"] != nil || job.mentions("docker", "podman")
        usesStorage = job.mentions(
            "aws s3", "gsutil", "gcloud storage", "az storage", "rclone", "scp ", "rsync ", "oras ")
        actsOutside =
            job.actsByName || job.hasSecrets || job.mayWrite(in: workflow)
            || job.mentions(
                "kubectl", "helm ", "terraform", "tofu ", "ansible", "pulumi", "ssh ", "aws ", "gcloud ", "az ")
    }

    /// Whether files may come from another job. Actions may pass some without saying so: one side that says it is enough,
    /// when the other side may.
    func mayTakeFiles(of source: NeedFacts) -> Bool {
        (takesArtifact && (source.givesArtifact || source.mayPass)) || (source.givesArtifact && mayPass)
            || (source.calls && mayPass) || (calls && source.mayPass)
    }

    func sharesCache(with source: NeedFacts) -> Bool { !source.cacheKeys.isDisjoint(with: cacheKeys) }

    func mayTakeImage(of source: NeedFacts) -> Bool { source.pushesImage && usesImage }

    /// Whether another job may have changed what this one meets, or left it something in a storage outside.
    func mayMeet(_ source: NeedFacts) -> Bool { source.actsOutside || (source.usesStorage && usesStorage) }

    /// The names in `needs.NAME`, `needs['NAME']` and `needs["NAME"]`, in small letters: expressions know no case, and
    /// allow blanks.
    private static func names(in text: String) -> Set<String> {
        var names: Set<String> = []
        var rest = text.lowercased().utf8[...]
        let word = Array("needs".utf8)
        func skipBlanks() { rest = rest.drop { $0 == 32 || $0 == 9 || $0 == 10 || $0 == 13 } }
        func isName(_ byte: UInt8) -> Bool {
            (97...122).contains(byte) || (48...57).contains(byte) || byte == UInt8(ascii: "_")
                || byte == UInt8(ascii: "-")
        }
        while let first = rest.firstIndex(of: word[0]) {
            rest = rest[first...]
            guard rest.starts(with: word) else {
                rest = rest.dropFirst()
                continue
            }
            rest = rest.dropFirst(word.count)
            skipBlanks()
            guard let mark = rest.first, mark == UInt8(ascii: ".") || mark == UInt8(ascii: "[") else { continue }
            rest = rest.dropFirst()
            skipBlanks()
            var name = rest
            if let quote = rest.first, mark == UInt8(ascii: "["), quote == 34 || quote == 39 {
                name = rest.dropFirst().prefix { $0 != quote }
            } else {
                name = rest.prefix(while: isName)
            }
            if !name.isEmpty { names.insert(String(decoding: name, as: UTF8.self)) }
        }
        return names
    }
}

extension Workflow.Job {
    /// Whether its name says that it does what cannot be undone, or looks at results.
    var actsByName: Bool {
        let name = (id + " " + (node["name"]?.text ?? "")).lowercased()
        let words = [
            "deploy", "release", "publish", "promote", "merge", "notify", "status", "gate", "pages", "tag",
            "conclusion", "all-", "required", "success", "comment", "upload", "clean", "delete", "download", "push",
            "sign", "done", "final", "summary", "report",
        ]
        return words.contains(where: name.contains) || node["environment"] != nil
    }

    /// Whether it does nothing but wait, so that others have one name to wait for.
    var isPureGate: Bool {
        guard !needs.isEmpty, !steps.isEmpty, node["outputs"] == nil else { return false }
        return steps.allSatisfy { step in
            guard let run = step.run, step.uses == nil else { return false }
            return run.split(separator: "\n").map { $0.drop { $0 == " " } }.allSatisfy { line in
                ["exit 0", "true", ":", ""].contains(line)
                    || line.hasPrefix("echo ") && !line.contains { ";&|`<>".contains($0) } && !line.contains("$(")
                    || line.hasPrefix("#")
            }
        }
    }

    /// Whether its own permissions let it write.
    func mayWrite(in workflow: Workflow) -> Bool {
        let permissions = (node["permissions"] ?? workflow.root["permissions"])?.scalars.map(\.text) ?? []
        return node["permissions"] != nil && permissions.contains { $0.contains("write") }
    }

    /// Whether it has secrets, which mean effects elsewhere; the forge's own token, used to read, does not.
    var hasSecrets: Bool {
        node["secrets"] != nil
            || texts.contains { $0.text.contains("secrets.") && !$0.text.contains("secrets.GITHUB_TOKEN") }
    }
}
