#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The order of two stretches of memory of one length.
func memoryOrder(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int) -> Int32 {
    memcmp(left, right, count)
}

/// Where a byte first stands in bytes; `nil` when it does not.
func position(of byte: UInt8, in bytes: UnsafeRawBufferPointer) -> Int? {
    guard let base = bytes.baseAddress, let found = memchr(base, Int32(byte), bytes.count) else { return nil }
    return UnsafeRawPointer(found) - base
}
