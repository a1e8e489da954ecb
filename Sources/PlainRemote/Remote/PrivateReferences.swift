package import GitValues

/// Where references of a remote are kept in this repository: `refs/gitpatch/remotes/<remote>/…`, out of the user's way.
package struct PrivateReferences: Hashable, Sendable {
    /// `refs/gitpatch/remotes/<remote>/`.
    package let prefix: String

    /// Creates the names for a remote; a URL gets a short name of its own.
    package init(remote: String) {
        let fits =
            ReferenceName("refs/gitpatch/remotes/\(remote)/x") != nil && !remote.contains(":") && !remote.hasPrefix("/")
        prefix = "refs/gitpatch/remotes/\(fits ? remote : PrivateReferences.shortName(of: remote))/"
    }

    /// The local name of a reference of the remote; `nil` for what is not kept.
    package func local(_ name: ReferenceName) -> ReferenceName? {
        moved(name, from: "refs/", to: prefix)
    }

    /// The remote name of one of these references.
    package func remote(_ name: ReferenceName) -> ReferenceName? {
        moved(name, from: prefix, to: "refs/")
    }

    /// By bytes: to `String`, a slash before a combining accent is no slash.
    private func moved(_ name: ReferenceName, from: String, to: String) -> ReferenceName? {
        guard name.text.utf8.starts(with: from.utf8) else { return nil }
        return ReferenceName(to + String(decoding: name.text.utf8.dropFirst(from.utf8.count), as: UTF8.self))
    }

    /// FNV-1a over the bytes: distinct for the few URLs one repository speaks to, and stable.
    private static func shortName(of text: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return "url-" + hexText((0..<8).map { UInt8(truncatingIfNeeded: hash >> (56 - $0 * 8)) })
    }
}
