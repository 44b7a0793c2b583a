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
    package var session: String
    package var user: String
    package var meta: [(name: String, value: String)]
    /// The caller's own file and line.
    package var location: (file: String, line: Int)?
    /// Whether bytes are seen as they arrive.
    package var seesArrivals: Bool
    package var responseForm: ContentForm

    package init(
        tag: String? = nil, session: String = "", user: String = "", meta: [(name: String, value: String)] = [],
        location: (file: String, line: Int)? = nil, seesArrivals: Bool = true, responseForm: ContentForm = .asSent
    ) {
        self.tag = tag
        self.session = session
        self.user = user
        self.meta = meta
        self.location = location
        self.seesArrivals = seesArrivals
        self.responseForm = responseForm
    }
}
