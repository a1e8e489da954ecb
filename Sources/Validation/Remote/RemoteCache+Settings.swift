import GitProcess
import GitValues
import HTTP
import Settings
import Store

extension RemoteCache {
    /// The cache that the settings name; `nil` when none is, or it is not to be used for this request.
    ///
    /// A landing never takes anything from elsewhere, nor does the complete tier: what is judged last is judged here. What
    /// is wrong with the settings is told, and then there is no cache.
    ///
    /// - Parameter isToWrite: whether something is only to be given to others.
    static func configured(
        for request: ValidationRequest, _ store: borrowing Store, isToWrite: Bool = false, tell: (String) -> Void
    ) throws -> RemoteCache? {
        guard let text = request.policy[ValidateKeys.remoteCache], request.purpose != .landing else { return nil }
        guard isToWrite || request.believesOthers else { return nil }
        guard let keyPath = request.policy[ValidateKeys.remoteKey] else {
            tell("validate.remoteCache is not used: validate.remoteKey names no file with the shared secret")
            return nil
        }
        guard let secret = Files.read(expanded(keyPath)), let signing = SigningKey(secret) else {
            tell("validate.remoteCache is not used: '\(keyPath)' holds no secret of at least 16 characters")
            return nil
        }
        let address: HTTPURL
        do {
            address = try HTTPURL(text)
        } catch {
            tell("validate.remoteCache is not used: \(error.description)")
            return nil
        }
        let token = ProcessEnvironment.value(of: "GITPATCH_CACHE_TOKEN").flatMap { $0.isEmpty ? nil : $0 }
        let client = HTTPCacheClient(
            address: address, authorization: token.map { "Bearer \($0)" },
            client: HTTPClient(network: .init(environment: ProcessEnvironment.all)))
        return RemoteCache(
            client: client, signing: signing, host: address.authority,
            mayWrite: request.policy[ValidateKeys.remotePush], breaker: try CacheBreaker(store))
    }

    /// A path in which `~/` stands for the home folder.
    private static func expanded(_ path: String) -> String {
        guard path.hasPrefix("~/"), let home = ProcessEnvironment.value(of: "HOME") else { return path }
        return home + path.dropFirst(1)
    }
}
