// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Foundation
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
    func fields(adding more: [HeaderField]) -> [HeaderField] {
        var fields = (allHTTPHeaderFields ?? [:]).map { HeaderField($0.key, $0.value) }
        for field in more where !fields.contains(where: { $0.hasName(of: field) }) { fields.append(field) }
        return fields
    }
}

extension HeaderField {
    fileprivate func hasName(of other: HeaderField) -> Bool {
        String(decoding: name, as: UTF8.self).lowercased() == String(decoding: other.name, as: UTF8.self).lowercased()
    }
}
