#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writing to a child that went away is an error of the write, not the end of this process.
enum BrokenPipes {
    /// Touched before the first write to a child: the signal is ignored from then on; children get the default back.
    static let areErrors: Void = {
        signal(SIGPIPE, SIG_IGN)
    }()
}
