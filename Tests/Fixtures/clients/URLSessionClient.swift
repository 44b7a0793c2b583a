// Two calls by URLSession; prints what the program got. The base URL is the one argument.
import Foundation

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

let base = CommandLine.arguments.count > 1 ? CommandLine.arguments[1] : "https://api.openai.com"

func call(_ body: String) async throws {
    guard let url = URL(string: "\(base)/v1/chat/completions") else { exit(64) }
    var request = URLRequest(url: url)
    request.httpMethod = "POST"
    request.setValue("Bearer sk-canary-urlsession-000000000000000000", forHTTPHeaderField: "Authorization")
    request.setValue("application/json", forHTTPHeaderField: "Content-Type")
    request.httpBody = Data(body.utf8)
    let (data, response) = try await URLSession.shared.data(for: request)
    print((response as? HTTPURLResponse)?.statusCode ?? 0, String(decoding: data, as: UTF8.self))
}

try await call(#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Grüße 😀"}]}"#)
try await call(#"{"model":"gpt-4o-mini","stream":true,"messages":[{"role":"user","content":"Tell me"}]}"#)
