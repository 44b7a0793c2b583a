// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Logging
import NIOHTTP1
import Tracing
import TrainLoopCapture
import TrainLoopCore

/// What logging and tracing know of the task that makes a call; a server without them pays a look at a task-local.
enum Ambience {
    private struct FieldInjector: Injector {
        func inject(_ value: String, forKey key: String, into fields: inout [HeaderField]) {
            fields.append(HeaderField(key, value))
        }
    }

    /// The fields by which the tracer names the current span, such as `traceparent`.
    ///
    /// They are for the record, which finds the ids there, and are not sent.
    static func fields(besides headers: HTTPHeaders) -> [HeaderField] {
        guard let context = InstrumentationContext.current else { return [] }
        var fields: [HeaderField] = []
        InstrumentationSystem.instrument.inject(context, into: &fields, using: FieldInjector())
        return fields.filter { !headers.contains(name: String(decoding: $0.name, as: UTF8.self)) }
    }

    /// The metadata of the process's metadata provider; what the application says by itself wins.
    static func adding(to labels: CallLabels) -> CallLabels {
        guard let metadata = LoggingSystem.metadataProvider?.get(), !metadata.isEmpty else { return labels }
        var labels = labels
        for (name, value) in metadata.sorted(by: { $0.key < $1.key })
        where !labels.meta.contains(where: { $0.name == name }) {
            labels.meta.append((name: name, value: "\(value)"))
        }
        return labels
    }
}
