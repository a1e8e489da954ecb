package import GitValues
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What git would say of a repository of the plainest shape, found out without starting it.
///
/// Plain is a folder `.git` of the same user with no extension, no include and no variable that ties git to something.
/// Whatever else there is, git is asked: every rule that is not here is one that cannot apply.
package struct PlainRepository: Sendable {
    /// Where the repository is.
    package let location: RepositoryLocation
    /// What `git config --list -z --show-scope --show-origin` prints.
    package let listing: [UInt8]
    private let values: [String: String]

    /// Variables that change neither where the repository is nor what its configuration says.
    private static let harmless: Set<String> = [
        "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_DATE", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL",
        "GIT_COMMITTER_DATE", "GIT_EDITOR", "GIT_SEQUENCE_EDITOR", "GIT_PAGER", "GIT_TERMINAL_PROMPT", "GIT_ASKPASS",
        "GIT_SSH", "GIT_SSH_COMMAND", "GIT_SSH_VARIANT", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "GIT_SSL_NO_VERIFY",
        "GIT_OPTIONAL_LOCKS", "GIT_CONFIG_NOSYSTEM", "GIT_MERGE_AUTOEDIT", "GIT_EXEC_PATH",
    ]
    /// Programs whose system configuration is `/etc/gitconfig`.
    private static let usualPrograms: Set<String> = [
        "/usr/bin/git", "/bin/git", "/usr/lib/git-core/git", "/usr/libexec/git-core/git",
    ]

    /// Looks at the repository of the program's directory; `nil` when git had better be asked.
    package static func find(_ git: GitProgram) -> PlainRepository? {
        if let known = git.known { return known }
        #if os(Linux)
            let environment = git.environment.variables
            guard git.settings.isEmpty, isPlain(environment), let home = environment["HOME"], home.hasPrefix("/"),
                let program = ProgramSearch.file("git", in: git.environment), usualPrograms.contains(program.string),
                let start = realPath(git.directory.string), let top = top(from: start),
                let config = PlainConfiguration.load(
                    environment: environment, home: home, gitDirectory: top + "/.git")
            else { return nil }
            let prefix = start == top ? "" : String(start.dropFirst(top == "/" ? 1 : top.count + 1)) + "/"
            let directory = top + "/.git"
            return PlainRepository(
                location: RepositoryLocation(
                    gitDirectory: directory, commonDirectory: directory, worktree: top, prefix: prefix),
                listing: config.listing, values: config.values)
        #else
            // Other systems build further files of configuration into git.
            return nil
        #endif
    }

    /// The last value of a key in its canonical form; a bare key has none.
    package func value(_ key: String) -> String? { values[key] }

    private static func isPlain(_ environment: [String: String]) -> Bool {
        for (name, value) in environment where name.hasPrefix("GIT_") {
            guard harmless.contains(name) else { return false }
            if name == "GIT_CONFIG_NOSYSTEM", value != "1" { return false }
            // Git tells its commands where it found itself.
            if name == "GIT_EXEC_PATH", !usualPrograms.contains(value + "/git") { return false }
        }
        return true
    }

    private static func realPath(_ path: String) -> String? {
        guard let found = realpath(path, nil) else { return nil }
        defer { free(found) }
        // Git reports a path that holds a line feed or is no UTF-8 in words of its own.
        guard let text = String(validatingCString: found), !text.utf8.contains(0x0A) else { return nil }
        return text
    }

    /// The folder that holds `.git`, upwards from a folder; `nil` when anything on the way is unusual.
    private static func top(from start: String) -> String? {
        var folder = start
        guard let first = Facts(folder) else { return nil }
        while true {
            guard let facts = Facts(folder), facts.device == first.device else { return nil }
            let directory = folder == "/" ? "/.git" : folder + "/.git"
            if let found = Facts(directory) {
                guard found.isFolder, found.isOwn, facts.isOwn, isRepository(directory),
                    !exists(directory + "/commondir")
                else { return nil }
                return folder == "/" ? nil : folder
            }
            if isRepository(folder) || folder == "/" { return nil }
            let slash = folder.lastIndex(of: "/") ?? folder.startIndex
            folder = slash == folder.startIndex ? "/" : String(folder[..<slash])
        }
    }

    private static func isRepository(_ folder: String) -> Bool {
        ["HEAD", "objects", "refs"].allSatisfy { exists(folder + "/" + $0) }
    }

    private static func exists(_ path: String) -> Bool { Facts(path) != nil }

    /// What `lstat` says, as far as discovery wants to know it.
    private struct Facts {
        let device: dev_t
        let isFolder: Bool
        let isOwn: Bool

        init?(_ path: String) {
            var status = stat()
            guard lstat(path, &status) == 0 else { return nil }
            device = status.st_dev
            isFolder = status.st_mode & S_IFMT == S_IFDIR
            // For root, git also knows the user behind sudo; that is left to git.
            isOwn = status.st_uid == geteuid()
        }
    }
}
