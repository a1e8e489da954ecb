package import GitValues

/// What `--auto-merge` and its companions ask for; absent values are left to the target's configuration.
package struct QueueOptions: Hashable, Sendable {
    /// Whether the patch lands by itself once every gate is open.
    package var autoMerge: Bool
    package var method: LandingMethod?
    package var delay: TimeSpan?
    package var requiredChecks: [String]
    package var approvals: Int?
    package var priority: PatchPriority?
    package var draft: Bool
    /// Whether the patch no longer waits for the one it was stacked on.
    package var unstack: Bool
    /// What only a forge can do; absent where the patch is not new.
    package var forge: ForgeWishes?

    /// Creates options.
    package init(
        autoMerge: Bool = false, method: LandingMethod? = nil, delay: TimeSpan? = nil, requiredChecks: [String] = [],
        approvals: Int? = nil, priority: PatchPriority? = nil, draft: Bool = false,
        unstack: Bool = false
    ) {
        self.autoMerge = autoMerge
        self.method = method
        self.delay = delay
        self.requiredChecks = requiredChecks
        self.approvals = approvals
        self.priority = priority
        self.draft = draft
        self.unstack = unstack
    }
}

extension QueueOptions: Codable {
    private enum CodingKeys: String, CodingKey {
        case autoMerge, method, delay, requiredChecks, approvals, priority, draft, unstack, forge
    }

    package init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            autoMerge: try values.decode(Bool.self, forKey: .autoMerge),
            method: try values.decodeIfPresent(LandingMethod.self, forKey: .method),
            delay: try values.decodeIfPresent(Double.self, forKey: .delay).map(TimeSpan.init(seconds:)),
            requiredChecks: try values.decode([String].self, forKey: .requiredChecks),
            approvals: try values.decodeIfPresent(Int.self, forKey: .approvals),
            priority: try values.decodeIfPresent(PatchPriority.self, forKey: .priority),
            draft: try values.decode(Bool.self, forKey: .draft),
            unstack: try values.decodeIfPresent(Bool.self, forKey: .unstack) ?? false)
        forge = try values.decodeIfPresent(ForgeWishes.self, forKey: .forge)
    }

    package func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(autoMerge, forKey: .autoMerge)
        try values.encodeIfPresent(method, forKey: .method)
        try values.encodeIfPresent(delay?.seconds, forKey: .delay)
        try values.encode(requiredChecks, forKey: .requiredChecks)
        try values.encodeIfPresent(approvals, forKey: .approvals)
        try values.encodeIfPresent(priority, forKey: .priority)
        try values.encode(draft, forKey: .draft)
        if unstack { try values.encode(true, forKey: .unstack) }
        try values.encodeIfPresent(forge, forKey: .forge)
    }
}
