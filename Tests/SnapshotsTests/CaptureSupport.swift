import Foundation
import GitProcess
import GitValues
import Snapshots
import SuiteTestSupport
import SystemPackage
import Testing

/// What `git add … && git write-tree` makes of a repository, asked of git with a copied index.
struct Truth {
    let tree: ObjectID
    /// The index git leaves: `git ls-files --stage --debug`-like lines without stat data.
    let index: String

    init(of repository: TestRepository, adding arguments: [String]? = ["add", "-A"]) async throws {
        let index = repository.scratch.path + "/truth-index"
        let objects = repository.scratch.path + "/truth-objects"
        defer {
            try? FileManager.default.removeItem(atPath: index)
            try? FileManager.default.removeItem(atPath: objects)
        }
        try FileManager.default.createDirectory(atPath: objects, withIntermediateDirectories: true)
        let directory = try await repository.git("rev-parse", "--path-format=absolute", "--git-dir")
        let common = try await repository.git("rev-parse", "--path-format=absolute", "--git-common-dir")
        if FileManager.default.fileExists(atPath: directory + "/index") {
            let result = try await runCommand(
                "cp", ["-p", directory + "/index", index], in: repository.path, environment: repository.environment)
            try #require(result.succeeded, "\(result)")
        }
        let copy = repository.with(environment: [
            "GIT_INDEX_FILE": index, "GIT_OBJECT_DIRECTORY": objects,
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": common + "/objects",
        ])
        if let arguments {
            let result = try await copy.tryGit(arguments)
            // Exit 1 is what git says when it left out something outside of a sparse checkout.
            guard result.exitCode <= 1 else { throw GitRefuses(result: result) }
        }
        tree = try await copy.id(copy.git("write-tree"))
        self.index = try await copy.git("ls-files", "--stage", "-v", "-z")
    }
}

extension TestRepository {
    /// Where the repository is, asked of git.
    func location() async throws -> RepositoryLocation { try await program.locate() }

    /// The git program of a command started in the worktree.
    var program: GitProgram {
        GitProgram(directory: FilePath(path), environment: .only(environment).withPlainMessages())
    }

    /// Captures with a folder for the index.
    func capture(_ change: (inout CaptureRequest) -> Void = { _ in }) async throws -> Capture {
        let folder = scratch.path + "/operation-" + UUID().uuidString.prefix(8)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var request = try await CaptureRequest(location: location(), git: program, indexDirectory: folder)
        change(&request)
        return try await Snapshots.capture(request)
    }

    /// What a user sees of a repository: refs, HEAD, index with flags, and every file with its times.
    func state() async throws -> String {
        let directory = try await git("rev-parse", "--path-format=absolute", "--git-dir")
        let files = try await runCommand(
            "find", [".", "-path", "./.git", "-prune", "-o", "-printf", "%p %y %m %i %s %T@ %C@\\n"], in: path,
            environment: environment)
        let index = FileManager.default.contents(atPath: directory + "/index") ?? Data()
        let refs = try await tryGit(["for-each-ref"]).output
        let head = FileManager.default.contents(atPath: directory + "/HEAD") ?? Data()
        return refs + String(decoding: head, as: UTF8.self) + index.base64EncodedString()
            + files.output.split(separator: "\n").sorted().joined(separator: "\n")
    }

    /// The index that a capture prepared, as git lists it.
    func listing(of index: PreparedIndex) async throws -> String {
        try await with(environment: ["GIT_INDEX_FILE": index.path]).git("ls-files", "--stage", "-v", "-z")
    }
}

extension TestRepository {
    /// Compares tree, user's state and prepared index with git; returns the capture.
    @discardableResult
    func compareWithGit(
        engine: Capture.Engine, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Capture {
        let before = try await state()
        let truth = try await Truth(of: self)
        let capture = try await self.capture()
        #expect(capture.engine == engine, "\(capture.engineReason ?? "")", sourceLocation: sourceLocation)
        #expect(capture.tree == truth.tree, sourceLocation: sourceLocation)
        #expect(try await state() == before, sourceLocation: sourceLocation)
        if let index = capture.index {
            #expect(try await listing(of: index) == truth.index, sourceLocation: sourceLocation)
        }
        let check = try await tryGit(["fsck", "--strict", "--no-dangling"])
        #expect(check.succeeded, "\(check)", sourceLocation: sourceLocation)
        return capture
    }
}

/// What git refuses to add.
struct GitRefuses: Error {
    let result: CommandResult
}
