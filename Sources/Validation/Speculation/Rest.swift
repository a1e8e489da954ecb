import GitProcess

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// When the machine has time for work that nobody waits for.
enum Rest {
    /// Waits while the machine is busy or runs on its battery, at most ten minutes: such work is put off, not dropped.
    ///
    /// Busy is a load average over twice the number of processors, or over `GITPATCH_LOAD_LIMIT` (0 for none).
    ///
    /// - Returns: `false` when `isVain` has become true meanwhile.
    @discardableResult
    static func wait(_ isVain: () -> Bool) async -> Bool {
        let processors = Double(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        let limit = ProcessEnvironment.value(of: "GITPATCH_LOAD_LIMIT").flatMap { Double($0) } ?? 2 * processors
        for _ in 0..<120 {
            if isVain() { return false }
            var load = [0.0]
            let isBusy = limit > 0 && getloadavg(&load, 1) == 1 && load[0] >= limit
            if !isBusy && !Power.isOnBattery() { return true }
            // Cancelled: the loop goes on, and the work ends at its start.
            try? await Task.sleep(for: .seconds(5))
        }
        return true
    }
}
