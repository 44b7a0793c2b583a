// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Logging
import NIOHTTP1
import Tracing
import TrainLoop
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

    /// The labels of the current task, and the metadata of the call's logger, and of its provider or else the process's own, which wins as
    /// it does in a log; what the application says of the call by itself wins over both.
    ///
    /// `Logger.current` is not looked at: its first reader in a process decides for good what it is where none is bound.
    static func labels(of logger: Logger?, fileID: String, line: Int) -> CallLabels {
        // Whether the client decodes is its own secret.
        var labels = CallLabels.ofTask(fileID: fileID, line: line, responseForm: .unknown)
        var metadata = logger?.handler.metadata ?? [:]
        if let provider = logger?.metadataProvider ?? LoggingSystem.metadataProvider {
            metadata.merge(provider.get()) { $1 }
        }
        guard !metadata.isEmpty else { return labels }
        for (name, value) in metadata.sorted(by: { $0.key < $1.key })
        where !labels.meta.contains(where: { $0.name == name }) {
            labels.meta.append((name: name, value: "\(value)"))
        }
        return labels
    }
}
