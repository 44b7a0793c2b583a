// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import NIOSSL

/// Why TLS with a provider failed, for people: the library's own text names files of the machine that built it.
enum TLSFailure {
    static func describe(_ error: any Error) -> String {
        switch error {
        case NIOSSLError.handshakeFailed(let error): return describe(error)
        case BoringSSLError.sslError(let stack), BoringSSLError.unknownError(let stack):
            let word = stack.first.map { reason("\($0)") } ?? "no reason given"
            if word == "CERTIFICATE_VERIFY_FAILED" { return "certificate not trusted (\(word))" }
            return word == "WRONG_VERSION_NUMBER" ? "it does not speak TLS (\(word))" : "TLS failed (\(word))"
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            return "certificate not trusted (it is for another name)"
        default: return "TLS failed (\(error))"
        }
    }

    /// The reason in `Error: 268435581 error:1000007d:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED at /file:1`.
    private static func reason(_ text: String) -> String {
        let end = text.firstRange(of: " at /")?.lowerBound ?? text.endIndex
        return String(text[..<end].split(separator: ":").last ?? "").trimmingPrefix { $0 == " " }.description
    }
}
