import GitValues
package import Store

/// A request in the JSON of every command.
package struct RequestJSON: Encodable, Sendable {
    var id: RecordID
    var kind: String
    var state: String
    var attempts: Int
    var notBefore: Timestamp?
    var reason: String?
    var url: String?

    /// Creates the document of a request.
    package init(_ request: RequestRecord) {
        id = request.id
        kind = request.kind.rawValue
        state = request.state.rawValue
        attempts = request.attempts
        notBefore = request.notBefore
        reason = request.reason
        url = request.url
    }
}
