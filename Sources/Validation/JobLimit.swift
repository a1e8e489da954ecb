package import Settings

/// How many checks run at once.
package enum JobLimit {
    static func count(_ request: ValidationRequest) -> Int { count(request.jobs, request.policy) }

    /// The number somebody asked for, else what the settings say.
    package static func count(_ jobs: Int?, _ settings: Settings) -> Int {
        if let jobs { return max(1, jobs) }
        switch settings[ValidateKeys.jobs] {
        case .exactly(let count): return max(1, count)
        case .auto: return MachineRoom.now().jobs
        }
    }
}
