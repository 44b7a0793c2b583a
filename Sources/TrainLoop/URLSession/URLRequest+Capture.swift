// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
import TrainLoopCapture
import TrainLoopCore

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

extension URLRequest {
    /// The request without the tag, which is ours and leaves with nobody.
    var withoutTag: URLRequest {
        guard value(forHTTPHeaderField: TrainLoop.tagHeader) != nil else { return self }
        var request = self
        request.setValue(nil, forHTTPHeaderField: TrainLoop.tagHeader)
        return request
    }

    /// Its fields.
    ///
    /// - Parameter more: fields that the session adds.
    func fields(adding more: [HeaderField]) -> HeldFields {
        let own = allHTTPHeaderFields ?? [:]
        let byteCount =
            own.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
            + more.reduce(0) { $0 + $1.name.count + $1.value.count }
        return HeldFields(count: own.count + more.count, textByteCount: byteCount) {
            var fields = own.map { HeaderField($0.key, $0.value) }
            for field in more where !fields.contains(where: { $0.hasName(of: field) }) { fields.append(field) }
            return fields
        }
    }
}

extension HTTPURLResponse {
    /// Its fields.
    var fields: HeldFields {
        let byteCount = allHeaderFields.reduce(0) { $0 + Self.byteCount($1.key.base) + Self.byteCount($1.value) }
        return HeldFields(count: allHeaderFields.count, textByteCount: byteCount) {
            self.allHeaderFields.map { HeaderField("\($0.key.base)", "\($0.value)") }
        }
    }

    private static func byteCount(_ value: Any) -> Int { (value as? String ?? "\(value)").utf8.count }
}

extension HeaderField {
    fileprivate func hasName(of other: HeaderField) -> Bool {
        String(decoding: name, as: UTF8.self).lowercased() == String(decoding: other.name, as: UTF8.self).lowercased()
    }
}
