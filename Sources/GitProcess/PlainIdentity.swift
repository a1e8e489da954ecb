package import GitValues

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension PlainRepository {
    /// Who makes a commit now, as `git var` would say, where name and address are set and need no cleaning; `nil` where git
    /// had better say it.
    ///
    /// - Parameters:
    ///   - role: `AUTHOR` or `COMMITTER`, as in the names of variables.
    ///   - section: the same in configuration.
    package func identity(_ role: String, _ section: String, _ environment: ChildEnvironment) -> Identity? {
        let now = Timestamp.now().seconds
        guard environment.value(of: "TZ") == ProcessEnvironment.value(of: "TZ"),
            let zone = PlainRepository.minutesEast(at: now), environment.value(of: "GIT_\(role)_DATE") == nil
        else { return nil }
        func part(_ variable: String, _ key: String) -> String? {
            let value =
                environment.value(of: "GIT_\(role)_\(variable)") ?? value("\(section).\(key)") ?? value("user.\(key)")
            return value.flatMap { PlainRepository.isClean($0) ? $0 : nil }
        }
        guard let name = part("NAME", "name"), let mail = part("EMAIL", "email") else { return nil }
        return Identity(name: name, mail: mail, seconds: now, offsetMinutes: zone)
    }

    /// Whether git takes a name as it is: it drops some characters anywhere and others at the ends (`strbuf_addstr_without_crud`).
    private static func isClean(_ text: String) -> Bool {
        func isCrud(_ byte: UInt8) -> Bool { byte <= 0x20 || ".,:;<>\"\\'".utf8.contains(byte) }
        guard let first = text.utf8.first, let last = text.utf8.last, !isCrud(first), !isCrud(last) else {
            return false
        }
        return !text.utf8.contains { $0 < 0x20 || $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: ">") }
    }

    private static func minutesEast(at seconds: Int64) -> Int? {
        var time = time_t(seconds)
        var local = tm()
        return localtime_r(&time, &local) == nil ? nil : local.tm_gmtoff / 60
    }
}
