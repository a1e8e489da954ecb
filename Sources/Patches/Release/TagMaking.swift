import Git2
import GitProcess
import GitValues
import Settings

extension Session {
    /// Makes the object of an annotated tag, signed as git would; no reference of the repository moves.
    ///
    /// `git tag` makes object and reference in one, and the reference has to wait for the journal. So it works in an
    /// empty repository of the operation's own, which shares nothing but the objects, with this one's settings.
    func makeTag(
        _ name: String, on commit: ObjectID, saying text: String, _ signing: CreateRequest.Signing,
        in folder: OperationFolder
    ) async throws -> ObjectID {
        let people = try await workspace.people()
        let place = folder.scratch.appending("tag.git")
        let objects = DiskPath(workspace.location.commonDirectory).appending("objects")
        try Disk.makeDirectories(folder.scratch)
        var git = workspace.git.durable.naming(people)
        git.environment = git.environment.withoutRepository().setting("GIT_DIR", place.text)
        let format = commit.hex.utf8.count == 64 ? "sha256" : "sha1"
        _ = try await git.output(["init", "-q", "--bare", "--template=", "--object-format=\(format)"])
        git.environment = git.environment.setting("GIT_OBJECT_DIRECTORY", objects.text)
        git.settings += ["core.hooksPath=/dev/null", "gc.auto=0", "maintenance.auto=false"]
        for key in signingKeys {
            for value in workspace.settings.strings(key).suffix(1) { git.settings.append("\(key)=\(value)") }
        }
        var arguments = ["tag", "--cleanup=whitespace", "-F", "-"]
        switch signing {
        case .always: arguments.append("-s")
        case .never: arguments += ["-a", "--no-sign"]
        case .asConfigured: break  // With a message, and neither -a nor -s, it is annotated, and the settings decide.
        }
        let result = try await git.run(arguments + ["--", name, commit.hex], input: Array(text.utf8))
        guard result.succeeded else {
            throw PatchProblem(
                .signingFailed, "cannot make tag '\(name)': \(result.errorText)",
                hints: ["mend what git says, or make this one unsigned with --no-sign"])
        }
        let made = try await git.output(["rev-parse", "--verify", "refs/tags/\(name)"]).text
        guard let id = ObjectID(hex: made) else { throw PatchProblem(.unsupported, "git gave no id for the tag") }
        // Git waits for the object and not for its name.
        let parent = objects.appending(String(id.hex.prefix(2)))
        if Disk.isDirectory(parent) { try Disk.synchronise(parent) }
        return id
    }

    private var signingKeys: [String] {
        [
            "tag.gpgsign", "tag.forcesignannotated", "user.signingkey", "gpg.format", "gpg.program",
            "gpg.openpgp.program", "gpg.x509.program", "gpg.ssh.program", "gpg.ssh.defaultkeycommand",
        ]
    }
}
