import CWriteBack

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What is waited for when objects are written.
package enum WriteCare: Sendable {
    /// Content and name are on the disk when the call returns.
    case durable
    /// No name is ever there without its content; which names a power cut takes is not known. For what can be made again.
    case ordered
}

extension WriteCare {
    /// Waits for the content of a file that is about to get its name.
    func settle(_ descriptor: Int32) -> Bool {
        if self == .ordered, gitpatch_write_back(descriptor) == 0 { return true }
        return fsync(descriptor) == 0
    }
}
