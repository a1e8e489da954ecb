#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The program that runs, as an absolute path with links resolved.
package func runningProgram() -> String? {
    #if canImport(Darwin)
        var size = UInt32(4096)
        var buffer = [CChar](repeating: 0, count: Int(size))
        let found: String? = _NSGetExecutablePath(&buffer, &size) == 0 ? String(cString: buffer) : nil
    #else
        let found: String? = "/proc/self/exe"
    #endif
    return found.flatMap(resolvedPath)
}
