import Settings

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How many checks run at once.
enum JobLimit {
    static func count(_ request: ValidationRequest) -> Int {
        if let jobs = request.jobs { return max(1, jobs) }
        switch request.policy[ValidateKeys.jobs] {
        case .exactly(let count): return max(1, count)
        case .auto: return max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        }
    }
}
