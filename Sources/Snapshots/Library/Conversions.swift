/// Finds out how files are converted, one folder's files after another.
struct Conversions {
    private let attributes: AttributeFiles
    private let settings: ConversionSettings
    private var folder: [UInt8]?
    private var stack = AttributeStack([])

    init(_ attributes: AttributeFiles, _ configuration: GitConfiguration) {
        self.attributes = attributes
        settings = ConversionSettings(configuration)
    }

    /// The conversion of a regular file.
    ///
    /// - Throws: `AttributeFiles.Obstacle` for a conversion that only git does.
    mutating func conversion(_ path: [UInt8]) throws -> Conversion {
        let nameStart = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        if folder.map({ !$0.elementsEqual(path[..<nameStart]) }) ?? true {
            let own = Array(path[..<nameStart])
            stack = try attributes.stack(for: own)
            folder = own
        }
        let values = stack.isEmpty ? [:] : path.withUnsafeBytes { stack.values($0, nameStart: nameStart) }
        return try settings.conversion(values)
    }
}
