import GitValues

/// The names of log files.
enum LogName {
    /// The file of a check: its name where that is a plain one, else what is plain of it and a digest.
    static func of(_ check: String) -> String {
        let plain = check.utf8.prefix(60).map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                byte
            default: UInt8(ascii: "_")
            }
        }
        let text = String(decoding: plain, as: UTF8.self)
        guard text != check || text.hasPrefix(".") else { return text + ".log" }
        return "_\(text)-\(SHA256.hex(Array(check.utf8)).prefix(8)).log"
    }
}
