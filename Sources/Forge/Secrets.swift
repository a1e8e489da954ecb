import HTTP

extension HTTPResponse {
    /// The response without the token of the request: servers and proxies that quote what they were sent would
    /// otherwise bring it into messages and records.
    func withoutSecrets(of sent: [HTTPHeader]) -> HTTPResponse {
        var response = self
        for header in sent where ["authorization", "private-token"].contains(header.name.lowercased()) {
            // Behind the word for the scheme.
            guard let secret = header.value.split(separator: " ").last, secret.utf8.count >= 8 else { continue }
            let bytes = Array(secret.utf8)
            response.body.replace(bytes, with: Array("***".utf8))
            for index in response.headers.indices {
                response.headers[index].value.replace(String(secret), with: "***")
            }
        }
        return response
    }
}
