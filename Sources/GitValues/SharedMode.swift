/// What `core.sharedRepository` adds to the modes of files in the git directory: the rules of `git_config_perm` and
/// `adjust_shared_perm` in git's setup.c and path.c.
package struct SharedMode: Hashable, Sendable {
    /// The bits for reading and writing.
    private let bits: UInt32
    /// Whether they replace those of the umask rather than being added.
    private let isExact: Bool

    private init(_ bits: UInt32, isExact: Bool = false) {
        self.bits = bits
        self.isExact = isExact
    }

    /// Reads the value of the setting; `nil` where the umask alone counts, and for a value that git refuses.
    ///
    /// - Parameter value: a key without a value is `true`.
    package init?(_ value: String?) {
        switch value {
        case "umask": return nil
        case "group", nil: self.init(0o660)
        case "all", "world", "everybody": self.init(0o664)
        case .some(let text):
            guard let number = UInt32(text, radix: 8) else {
                guard ["true", "yes", "on"].contains(text.lowercased()) else { return nil }
                self.init(0o660)
                return
            }
            switch number {
            case 0: return nil
            case 1: self.init(0o660)
            case 2: self.init(0o664)
            default:
                guard number & 0o600 == 0o600 else { return nil }
                self.init(number & 0o666, isExact: true)
            }
        }
    }

    /// The mode that a file or folder gets instead of its own; both without their type.
    package func mode(_ mode: UInt32, isFolder: Bool) -> UInt32 {
        var bits = bits
        if mode & 0o200 == 0 { bits &= ~0o222 }
        if mode & 0o100 != 0 { bits |= (bits & 0o444) >> 2 }
        var mode = isExact ? mode & ~0o777 | bits : mode | bits
        if isFolder {
            mode |= (mode & 0o444) >> 2
            // What is made in it later belongs to its group.
            if mode & 0o060 != 0 { mode |= 0o2000 }
        }
        return mode
    }
}
