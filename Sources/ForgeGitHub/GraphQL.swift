import Forge
import HTTP

/// The errors of one GraphQL answer: they come with status 200, and with data beside them or without.
struct GraphQLErrors: Error {
    struct Item {
        var type: String
        var message: String
        /// Where in the answer it happened.
        var path: [JSONValue] = []
        /// How deep that is; the whole of what was asked for is on the first level, or on the second in a list.
        var depth: Int { path.count }
        /// The place in the list `nodes` inside of which it happened; `nil` when it happened elsewhere.
        var place: Int? { depth > 2 && path[0].string == "nodes" ? path[1].integer : nil }
    }

    var items: [Item]

    var words: String { items.map(\.message).joined(separator: "; ") }

    func has(_ type: String) -> Bool { items.contains { $0.type == type } }

    /// Whether all they say is that some of what was asked for is not there, and none that it is there in part.
    var onlyMissWhole: Bool { items.allSatisfy { $0.type == "NOT_FOUND" && $0.depth <= 2 } }

    /// The errors inside of single entries of the list `nodes`, by place; `nil` when any of them is about more than that.
    var byPlace: [Int: GraphQLErrors]? {
        var found: [Int: GraphQLErrors] = [:]
        for item in items where !(item.type == "NOT_FOUND" && item.depth <= 2) {
            guard let place = item.place else { return nil }
            found[place, default: GraphQLErrors(items: [])].items.append(item)
        }
        return found
    }

    /// What they mean for what was read beside them.
    func incomplete(_ what: String) -> ForgeFailure {
        if has("FORBIDDEN") || has("INSUFFICIENT_SCOPES") { return failure(what, changes: false) }
        return .transient("cannot \(what): the answer is incomplete: \(words)")
    }

    /// What they mean where the caller knows nothing more precise.
    func failure(_ what: String, changes: Bool) -> ForgeFailure {
        if has("INSUFFICIENT_SCOPES") || has("FORBIDDEN") {
            return .needsHuman("the token may not \(what): \(words)", hint: "give it that permission")
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
        try send(document, variables, to: what, refine: refine) { _ in false }
    }

    /// Sends a document that asks for a list and returns its data.
    ///
    /// - Parameter broken: gets the errors of the entries that are not whole, by place.
    func ask(
        _ document: Document, _ variables: JSONValue, to what: String, broken: inout [Int: GraphQLErrors]
    ) throws(ForgeFailure) -> JSONValue {
        var found: [Int: GraphQLErrors] = [:]
        let data = try send(document, variables, to: what, refine: { _ in nil }) { errors in
            guard let places = errors.byPlace else { return false }
            found = places
            return true
        }
        broken = found
        return data
    }

    private func send(
        _ document: Document, _ variables: JSONValue, to what: String, refine: (GraphQLErrors) -> ForgeFailure?,
        accepts: (GraphQLErrors) -> Bool
    ) throws(ForgeFailure) -> JSONValue {
        let body: JSONValue = ["query": .string(document.text), "variables": variables]
        let answer = try connection.call(.post, graphQL, body, changes: !document.reads)
        guard answer.isSuccess else { throw answer.failure(what) }
        let items = answer.json["errors"].array.map { error in
            GraphQLErrors.Item(
                type: error["type"].string ?? "", message: cleaned(error["message"].string ?? "no message"),
                path: error["path"].array)
        }
        let errors = GraphQLErrors(items: items)
        if errors.has("RATE_LIMITED") || errors.words.lowercased().contains("secondary rate limit") {
            throw connection.limited(answer.response, errors.words)
        }
        let data = answer.json["data"]
        // A reading that found some of what was asked is worth having, as long as nothing is missing inside of it: that
        // could be the review that says no. A writing with errors did not work.
        let isUsable = document.reads && !data.isNull && (errors.onlyMissWhole || accepts(errors))
        if !items.isEmpty && !isUsable {
            if document.reads, !data.isNull { throw errors.incomplete(what) }
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
