import GitProcess
import GitValues

/// Decides, before anything is done, whether library mode is right for a repository, and says why when it is not.
///
/// The answer is about the repository as a whole; what only concerns single files, such as filters, is found later and
/// leads to git mode as well. In doubt: git mode.
struct Preflight: Sendable {
    let request: CaptureRequest
    let configuration: GitConfiguration

    /// Why a repository needs git mode.
    struct Reason: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) { self.description = description }
    }

    /// What library mode starts from.
    struct Plan: Sendable {
        let index: IndexFile
        let store: ObjectStore
        let head: HeadReader.Head
        let ignored: IgnoreStack?
        let attributes: AttributeFiles
    }

    /// Looks at everything and reads what library mode starts from.
    ///
    /// - Throws: `Reason` for git mode, `CaptureRefusal` for an unmerged index.
    func run() throws -> Plan {
        try checkRequest()
        try checkEnvironment()
        try checkFormat()
        try checkConfiguration()
        let index: IndexFile
        do {
            index = try IndexParser.read(request.indexPath)
        } catch let flaw as IndexParser.Flaw {
            throw Reason(flaw.description)
        }
        try checkIndex(index)
        try checkReplacements()
        let store = ObjectStore(request.objectDirectory)
        guard let head = try HeadReader(location: request.location, store: store).read() else {
            throw Reason("HEAD is unusual")
        }
        let files = UserFiles(request, configuration)
        return Plan(
            index: index, store: store, head: head, ignored: IgnoreStack.base(try files.ignoreRules()),
            attributes: try AttributeFiles(
                worktree: request.location.worktree, index: index, userFile: try files.attributesFile(),
                repositoryFile: request.location.commonDirectory + "/info/attributes"))
    }

    /// Whether the index that is prepared must keep what only git writes.
    private var preparesIndex: Bool { request.indexDirectory != nil && !request.dryRun }

    private func checkRequest() throws {
        if request.requiresGitMode { throw Reason("git mode was asked for") }
        if case .pathspecs = request.scope { throw Reason("pathspecs are git's") }
        let location = request.location
        for directory in [location.gitDirectory, location.commonDirectory]
        where directory.hasPrefix(location.worktree + "/") && !(directory + "/").hasPrefix(location.worktree + "/.git/")
        {
            throw Reason("the git directory lies in the worktree under another name")
        }
    }

    private func checkEnvironment() throws {
        let names = [
            "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_ATTR_SOURCE", "GIT_INDEX_VERSION",
            "GIT_NAMESPACE", "GIT_REPLACE_REF_BASE", "GIT_GRAFT_FILE", "GIT_SHALLOW_FILE", "GIT_DEFAULT_HASH",
        ]
        for name in names where request.git.environment.value(of: name) != nil {
            throw Reason("\(name) is set")
        }
    }

    /// The format of the repository; git reads it from this one file, without includes.
    private func checkFormat() throws {
        let path = request.location.commonDirectory + "/config"
        guard let bytes = try Files.read(path), let config = try? ConfigText.parse(bytes) else {
            throw Reason("the configuration of the repository is unusual")
        }
        let known: Set<String> = ["worktreeconfig", "noop", "noop-v1", "preciousobjects", "relativeworktrees"]
        for entry in config.entries {
            if entry.section == "core", entry.key == "repositoryformatversion",
                !["0", "1"].contains(entry.value ?? "")
            {
                throw Reason("the repository format has version \(entry.value ?? "?")")
            }
            // What is missing here git fetches when it is asked for. Older releases note this as an extension.
            if entry.section == "remote", entry.key == "promisor",
                GitConfiguration.bool(of: entry.value ?? "true") != false
            {
                throw Reason("the repository is a partial clone")
            }
            guard entry.section == "extensions" else { continue }
            switch entry.key {
            case "objectformat" where entry.value?.lowercased() == "sha1": break
            case "objectformat": throw Reason("objects are named by \(entry.value ?? "another hash")")
            case "refstorage" where entry.value?.lowercased() == "files": break
            case "refstorage": throw Reason("references are stored as \(entry.value ?? "something else")")
            case "partialclone": throw Reason("the repository is a partial clone")
            case let key where !known.contains(key): throw Reason("the repository has the extension \(key)")
            default: break
            }
        }
    }

    private func checkConfiguration() throws {
        let switches = [
            ("core.ignorecase", "names are compared without case"),
            ("core.precomposeunicode", "names are composed"),
            ("core.protecthfs", "core.protectHFS is set"),
            ("core.sparsecheckout", "the checkout is sparse"),
        ]
        for (key, words) in switches where configuration.bool(key) == true { throw Reason(words) }
        if let shared = configuration.string("core.sharedrepository"),
            !["umask", "false", "no", "off", "0", ""].contains(shared.lowercased())
        {
            throw Reason("the repository is shared")
        }
        if configuration.string("attr.tree") != nil { throw Reason("attr.tree is set") }
        if configuration.string("pack.packsizelimit") != nil { throw Reason("pack.packSizeLimit is set") }
        guard preparesIndex else { return }
        let indexKeys = [
            ("core.splitindex", "the index is split"), ("feature.manyfiles", "feature.manyFiles is set"),
            ("index.sparse", "the index is sparse"),
        ]
        for (key, words) in indexKeys where configuration.bool(key) == true { throw Reason(words) }
        if let monitor = configuration.string("core.fsmonitor"), GitConfiguration.bool(of: monitor) != false {
            throw Reason("a file system monitor is in use")
        }
        if configuration.bool("core.untrackedcache") == true { throw Reason("the untracked cache is in use") }
    }

    private func checkIndex(_ index: IndexFile) throws {
        if !index.traits.unmerged.isEmpty {
            throw CaptureRefusal.unmerged(Set(index.traits.unmerged.map { index.path($0).text }).sorted())
        }
        if index.version == 0, preparesIndex, configuration.string("index.version") != nil {
            throw Reason("index.version is set")
        }
        if index.traits.hasSubmodules { throw Reason("there are submodules") }
        if index.traits.hasSparseDirectories { throw Reason("the index is sparse") }
        if index.traits.hasSkipWorktree { throw Reason("files are marked skip-worktree") }
        if index.traits.hasAssumeUnchanged { throw Reason("files are marked assume-unchanged") }
        if index.traits.hasIntentToAdd { throw Reason("files are marked intent-to-add") }
        for found in index.extensions {
            switch found.signature {
            // The last two only say where things are in the file, for faster reading.
            case "TREE", "REUC", "EOIE", "IEOT": break
            case "UNTR", "FSMN": if preparesIndex { throw Reason("the index has the extension \(found.signature)") }
            case "link": throw Reason("the index is split")
            default: throw Reason("the index has the extension \(found.signature)")
            }
        }
    }

    /// Replaced objects change what trees hold.
    private func checkReplacements() throws {
        let common = request.location.commonDirectory
        if !Files.names(in: common + "/refs/replace").isEmpty { throw Reason("there are replaced objects") }
        guard let packed = try Files.read(common + "/packed-refs") else { return }
        let mark = Array(" refs/replace/".utf8)
        for line in packed.split(separator: UInt8(ascii: "\n")) where line.dropFirst(40).starts(with: mark) {
            throw Reason("there are replaced objects")
        }
    }
}
