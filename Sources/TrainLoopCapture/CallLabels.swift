// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Whether body bytes that a front hands over still have the content coding that the response head names.
package enum ContentForm: Sendable {
    /// As on the wire: the recorder decodes for the record.
    case asSent
    /// The client has taken the coding off.
    case decoded
    /// It depends on how the client was made; the first bytes tell.
    case unknown
}

/// What a front knows of a call beside its bytes; for a proxy that is nothing.
package struct CallLabels: Sendable {
    /// The tag of a call whose request names none; nil for the recorder's own.
    package var tag: String?
    package var session = ""
    package var user = ""
    package var meta: [(name: String, value: String)] = []
    /// The caller's own file and line.
    package var location: (file: String, line: String)?
    /// Whether bytes are seen as they arrive.
    package var seesArrivals = true
    package var responseForm = ContentForm.asSent

    package init() {}
}
