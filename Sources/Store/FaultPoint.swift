#if DEBUG
    #if canImport(Glibc)
        import Glibc
    #else
        import Darwin
    #endif
    import Synchronization
#endif

/// A named step between two effects at which a test may kill the process; nothing in release builds.
///
/// `GITPATCH_FAULT=<name>` kills at the first pass, `GITPATCH_FAULT=<name>:<n>` at the n-th, `*:<n>` counts all names.
package enum FaultPoint {
    #if DEBUG
        private static let wanted: (name: String, count: Int)? = {
            guard let text = getenv("GITPATCH_FAULT").map({ String(cString: $0) }), !text.isEmpty else { return nil }
            let parts = text.split(separator: ":")
            return (String(parts[0]), parts.count > 1 ? Int(parts[1]) ?? 1 : 1)
        }()
        private static let passed = Mutex(0)
    #endif

    /// Marks the step; the process does not return from it when a test asked for its death here.
    package static func reached(_ name: String) {
        #if DEBUG
            guard let wanted, wanted.name == name || wanted.name == "*" else { return }
            let count = passed.withLock { count -> Int in
                count += 1
                return count
            }
            if count == wanted.count { kill(getpid(), SIGKILL) }
        #endif
    }
}
