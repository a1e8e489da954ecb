/// What a started minute costs, by kind of runner: data with its date, the only place to change.
package struct Prices: Sendable {
    /// Since when these hold.
    package static let date = "2026-01-01"
    package static let currency = "USD"
    /// Runs at once that the smallest plan allows, and of these on macOS.
    package static let concurrency = (all: 20, macOS: 5)

    /// An amount for people, to a tenth of a cent.
    package static func text(_ amount: Double) -> String {
        let tenths = Int((amount * 1000).rounded())
        let rest = String(tenths % 1000)
        return "\(tenths / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest) \(currency)"
    }

    /// A kind of runner.
    package enum Kind: String, Sendable, CaseIterable, Codable {
        case linuxSlim = "linux-slim"
        case linux
        case linuxARM = "linux-arm"
        case linux4 = "linux-4-core"
        case linux8 = "linux-8-core"
        case linux16 = "linux-16-core"
        case windows
        case macOS = "macos"
        case ownMachine = "self-hosted"
        case unknown

        /// For one started minute in a private repository; standard runners are free in public ones.
        package var perMinute: Double {
            switch self {
            case .linuxSlim: 0.002
            case .linux, .unknown: 0.006
            case .linuxARM: 0.005
            case .linux4: 0.012
            case .linux8: 0.022
            case .linux16: 0.042
            case .windows: 0.010
            case .macOS: 0.062
            case .ownMachine: 0
            }
        }

        /// What it has in a private repository; `nil` where there is nothing to choose from: the sizes differ in nothing
        /// else only with Linux on x64.
        package var room: Room? {
            switch self {
            case .linuxSlim: Room(cores: 1, gigabytes: 5, minutes: 15)
            case .linux: Room(cores: 2, gigabytes: 8)
            case .linux4: Room(cores: 4, gigabytes: 16)
            case .linux8: Room(cores: 8, gigabytes: 32)
            case .linux16: Room(cores: 16, gigabytes: 64)
            case .linuxARM, .windows, .macOS, .ownMachine, .unknown: nil
            }
        }
    }

    /// What a kind of runner has to give.
    package struct Room: Sendable, Hashable {
        package let cores: Int
        /// Bytes.
        package let memory: Int64
        /// Seconds after which GitHub itself ends a job.
        package let longest: Double

        fileprivate init(cores: Int, gigabytes: Int64, minutes: Double = 360) {
            self.cores = cores
            memory = gigabytes << 30
            longest = minutes * 60
        }
    }

    /// The kind of runner that labels ask for.
    package static func kind(of labels: [String]) -> Kind {
        let text = labels.joined(separator: " ").lowercased()
        if text.contains("self-hosted") { return .ownMachine }
        // Others who rent runners put their name in front: what those cost is not told here.
        let starts = ["ubuntu", "linux", "windows", "macos"]
        guard labels.contains(where: { label in starts.contains { label.lowercased().hasPrefix($0) } }) else {
            return .unknown
        }
        if text.contains("macos") { return .macOS }
        if text.contains("windows") { return .windows }
        guard text.contains("ubuntu") || text.contains("linux") else { return .unknown }
        if text.contains("slim") { return .linuxSlim }
        if text.contains("16-core") || text.contains("16core") { return .linux16 }
        if text.contains("8-core") || text.contains("8core") { return .linux8 }
        if text.contains("4-core") || text.contains("4core") { return .linux4 }
        return text.contains("arm") ? .linuxARM : .linux
    }
}
