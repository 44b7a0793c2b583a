// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Tracing

/// An instrument that names one span, whatever the context.
private struct TestInstrument: Instrument {
    func extract<Carrier, Extract: Extractor>(
        _ carrier: Carrier, into context: inout InstrumentationContext, using extractor: Extract
    ) where Extract.Carrier == Carrier {}

    func inject<Carrier, Inject: Injector>(
        _ context: InstrumentationContext, into carrier: inout Carrier, using injector: Inject
    ) where Inject.Carrier == Carrier {
        injector.inject(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", forKey: "traceparent", into: &carrier)
    }
}

/// The process's instrument: it can be set once.
private let isBootstrapped: Bool = {
    InstrumentationSystem.bootstrap(TestInstrument())
    return true
}()

/// Runs `operation` within a span.
func withTestTracing(_ operation: () async throws -> Void) async throws {
    guard isBootstrapped else { return }
    try await InstrumentationContext.$current.withValue(.topLevel, operation: operation)
}
