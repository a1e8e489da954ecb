import Subprocess
import Synchronization
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Finds programs on `PATH` by looking, because swift-subprocess tries each folder by starting a child in it.
enum ProgramSearch {
    private static let found = Mutex<[String: FilePath]>([:])

    /// The program a name stands for in a child's environment; the name itself where only a try can tell.
    static func executable(_ name: String, in environment: ChildEnvironment) -> Executable {
        file(name, in: environment).map { .path($0) } ?? .name(name)
    }

    /// Where that program is; `nil` where only a try can tell.
    static func file(_ name: String, in environment: ChildEnvironment) -> FilePath? {
        guard let path = environment.value(of: "PATH"), !path.isEmpty else { return nil }
        let key = name + "\0" + path
        if let known = found.withLock({ $0[key] }) { return known }
        guard let file = search(name, in: path) else { return nil }
        found.withLock { $0[key] = file }
        return file
    }

    /// The first program of the name in absolute folders; `nil` when there is none or a folder before it is relative.
    private static func search(_ name: String, in path: String) -> FilePath? {
        for folder in path.split(separator: ":", omittingEmptySubsequences: false) {
            guard folder.hasPrefix("/") else { return nil }
            let file = String(folder) + "/" + name
            var status = stat()
            if stat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG, access(file, X_OK) == 0 {
                return FilePath(file)
            }
        }
        return nil
    }
}
