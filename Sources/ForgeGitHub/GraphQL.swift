import Forge
import HTTP

/// The errors of one GraphQL answer: they come with status 200, and with data beside them or without.
struct GraphQLErrors: Error {
    struct Item {
        var type: String
        var message: String
        /// How deep in the answer it happened; the whole of what was asked for is on the first level, or on the second
        /// in a list.
        var depth = 0
    }

    var items: [Item]

    var words: String { items.map(\.message).joined(separator: "; ") }

    func has(_ type: String) -> Bool { items.contains { $0.type == type } }

    /// Whether all they say is that some of what was asked for is not there, and none that it is there in part.
    var onlyMissWhole: Bool { items.allSatisfy { $0.type == "NOT_FOUND" && $0.depth <= 2 } }

    /// What they mean where the caller knows nothing more precise.
    func failure(_ what: String, changes: Bool) -> ForgeFailure {
        if has("INSUFFICIENT_SCOPES") || has("FORBIDDEN") {
            return .needsHuman(
                "the token may not \(what): \(words)", hint: "give it that permission, then type 'git patch resume'")
        }
        if has("NOT_FOUND") { return .gone("cannot \(what): \(words)") }
        if has("UNPROCESSABLE") || has("STALE_DATA") { return RefusalText.failure(words, what) }
        // Without a type it is the server's own trouble, and it may have come after the effect.
        let isPlain = items.allSatisfy { $0.type.isEmpty || $0.type == "INTERNAL" || $0.type == "SERVICE_UNAVAILABLE" }
        if isPlain { return changes ? .unknown("cannot \(what): \(words)") : .transient("cannot \(what): \(words)") }
        return .invalid("cannot \(what): \(words)")
    }
}

extension GitHubForge {
    /// Sends a document and returns its data.
    ///
    /// - Throws: `GraphQLErrors` through `refine`, which gives them their meaning.
    func ask(
        _ document: Document, _ variables: JSONValue, to what: String,
        refine: (GraphQLErrors) -> ForgeFailure? = { _ in nil }
    ) throws(ForgeFailure) -> JSONValue {
        let body: JSONValue = ["query": .string(document.text), "variables": variables]
        let answer = try connection.call(.post, graphQL, body, changes: !document.reads)
        guard answer.isSuccess else { throw answer.failure(what) }
        let items = answer.json["errors"].array.map { error in
            GraphQLErrors.Item(
                type: error["type"].string ?? "", message: cleaned(error["message"].string ?? "no message"),
                depth: error["path"].array.count)
        }
        let errors = GraphQLErrors(items: items)
        if errors.has("RATE_LIMITED") || errors.words.lowercased().contains("secondary rate limit") {
            throw connection.limited(answer.response, errors.words)
        }
        let data = answer.json["data"]
        // A reading that found some of what was asked is worth having, as long as nothing is missing inside of it: that
        // could be the review that says no. A writing with errors did not work.
        if !items.isEmpty && (data.isNull || !document.reads || !errors.onlyMissWhole) {
            if document.reads, !data.isNull, !errors.has("FORBIDDEN"), !errors.has("INSUFFICIENT_SCOPES") {
                throw .transient("cannot \(what): the answer is incomplete: \(errors.words)")
            }
            throw refine(errors) ?? errors.failure(what, changes: !document.reads)
        }
        guard !data.isNull else {
            let words = "cannot \(what): the answer holds no data"
            throw document.reads ? .transient(words) : .unknown(words)
        }
        return data
    }

    /// Sends a document with one variable, the input object.
    func change(
        _ document: Document, _ input: JSONValue, to what: String,
        refine: (GraphQLErrors) -> ForgeFailure? = { _ in nil }
    ) throws(ForgeFailure) -> JSONValue {
        try ask(document, ["input": input.compact], to: what, refine: refine)
    }
}
