/// How the content of a regular file changes on its way into the repository.
enum Conversion: Hashable, Sendable {
    /// Not at all.
    case none
    /// CR LF becomes LF.
    case text(Ident)
    /// CR LF becomes LF in what looks like text, unless the index already has CR LF.
    case automatic(Ident)
    /// Only `$Id: …$` becomes `$Id$`.
    case ident

    /// Whether `$Id: …$` is also made short.
    enum Ident: Hashable, Sendable {
        case kept
        case shortened
    }

    /// Whether `$Id: …$` is made short.
    var shortensIdent: Bool {
        switch self {
        case .none: false
        case .text(let ident), .automatic(let ident): ident == .shortened
        case .ident: true
        }
    }
}

/// The configuration that conversions depend on.
struct ConversionSettings: Sendable {
    /// `core.autocrlf`: true, or `input`; both mean the same on the way in.
    let convertsByDefault: Bool
    /// `core.safecrlf=true`: git refuses conversions that it cannot undo.
    let refusesLossy: Bool
    let configuration: GitConfiguration

    init(_ configuration: GitConfiguration) {
        self.configuration = configuration
        let automatic = configuration.string("core.autocrlf")
        convertsByDefault = automatic?.lowercased() == "input" || configuration.bool("core.autocrlf") == true
        refusesLossy = configuration.bool("core.safecrlf") == true
    }

    /// What attributes say about a path.
    ///
    /// - Throws: `AttributeFiles.Obstacle` for what only git does: filters of other programs and other encodings.
    func conversion(_ values: [String: AttributeValue]) throws -> Conversion {
        switch values["working-tree-encoding"] {
        case nil, .unspecified: break
        default: throw AttributeFiles.Obstacle(description: "a working-tree-encoding attribute applies")
        }
        if case .text(let driver)? = values["filter"] {
            let keys = ["clean", "process", "required"].map { "filter.\(driver).\($0)" }
            if keys.contains(where: { configuration.string($0) != nil }) {
                throw AttributeFiles.Obstacle(description: "the filter '\(driver)' applies")
            }
        }
        let ident: Conversion.Ident = values["ident"] == .set ? .shortened : .kept
        let result: Conversion
        switch action(values["text"]) ?? action(values["crlf"]) {
        case .binary: result = ident == .shortened ? .ident : .none
        case .text: result = .text(ident)
        case .automatic: result = .automatic(ident)
        case nil:
            let endings: [AttributeValue] = [.text("lf"), .text("crlf")]
            if let eol = values["eol"], endings.contains(eol) {
                result = .text(ident)
            } else if convertsByDefault {
                result = .automatic(ident)
            } else {
                result = ident == .shortened ? .ident : .none
            }
        }
        if refusesLossy, result != .none {
            throw AttributeFiles.Obstacle(description: "core.safecrlf is true")
        }
        return result
    }

    private enum Action { case binary, text, automatic }

    private func action(_ value: AttributeValue?) -> Action? {
        switch value {
        case .set, .text("input"): .text
        case .unset: .binary
        case .text("auto"): .automatic
        case .unspecified, .text, nil: nil
        }
    }
}
