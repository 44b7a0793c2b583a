// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

public import Foundation
import TrainLoopCapture
import TrainLoopCore

#if canImport(FoundationNetworking)
    public import FoundationNetworking
#endif

/// A `URLSession` whose calls to language models are recorded, with the methods of `URLSession` itself.
///
/// ```swift
/// let (data, response) = try await URLSession.shared.capturing.data(for: request)
/// let session = CapturingURLSession(configuration: .default, delegate: delegate)
/// ```
///
/// The session inside does all the work: results, errors, cancellation, redirects, challenges, metrics and the calls of delegates are its
/// own. Nothing is swizzled. Tasks that report to a delegate are recorded for sessions made by ``init(configuration:delegate:delegateQueue:)``.
///
/// An exchange begins when its task is made. Methods that return a whole body, with `async` or by a completion handler, give
/// records without `timing`, since nobody saw when its parts arrived; delegates and `bytes(for:)` give them with it.
public struct CapturingURLSession: Sendable {
    /// The session that does the work.
    public let session: URLSession
    let observer: URLSessionObserver?
    /// Fields that the session adds to every request.
    let fields: [HeaderField]

    /// Makes a session of its own, as `URLSession(configuration:delegate:delegateQueue:)` does, that records all of its tasks.
    ///
    /// As there, the delegate is held until the session is invalidated.
    ///
    /// - Parameters:
    ///   - configuration: how the session behaves.
    ///   - delegate: is called as if it were the session's own.
    ///   - delegateQueue: where it is called; nil for a serial queue of the session's own.
    public init(
        configuration: URLSessionConfiguration, delegate: (any URLSessionDelegate)? = nil,
        delegateQueue: OperationQueue? = nil
    ) {
        let fields = configuration.fields
        let observer = URLSessionObserver(delegate, fields: fields)
        self.observer = observer
        self.fields = fields
        session = URLSession(configuration: configuration, delegate: observer, delegateQueue: delegateQueue)
    }

    init(_ session: URLSession) {
        self.session = session
        observer = session.delegate as? URLSessionObserver
        fields = session.configuration.fields
    }

    /// The delegate that the session was made with.
    public var delegate: (any URLSessionDelegate)? { observer.map(\.delegate) ?? session.delegate }

    /// Lets running tasks end, then lets the delegate go.
    public func finishTasksAndInvalidate() { session.finishTasksAndInvalidate() }

    /// Cancels all tasks, then lets the delegate go.
    public func invalidateAndCancel() { session.invalidateAndCancel() }
}

extension URLSession {
    /// This session, with its calls to language models on record.
    ///
    /// Methods that return a body are recorded. Tasks that report to a delegate which this session was made with cannot be looked
    /// into: they are counted as bypassed. Make such a session by ``CapturingURLSession/init(configuration:delegate:delegateQueue:)``.
    public var capturing: CapturingURLSession { CapturingURLSession(self) }
}

extension URLSessionConfiguration {
    fileprivate var fields: [HeaderField] {
        (httpAdditionalHeaders ?? [:]).map { HeaderField("\($0.key.base)", "\($0.value)") }
    }
}

/// The body of a request, where it comes from.
enum UploadBody {
    case data(Data)
    case file(URL)
    case stream
    case empty

    init(of request: URLRequest) {
        if let data = request.httpBody {
            self = .data(data)
        } else {
            self = request.httpBodyStream == nil ? .empty : .stream
        }
    }
}

extension CapturingURLSession {
    /// Opens the record of a task; nil when there is none to be.
    ///
    /// - Parameter body: nil for one that is told later.
    func begin(
        _ request: URLRequest, _ body: UploadBody?, seesArrivals: Bool, _ fileID: String, _ line: Int
    ) -> CapturedExchange? {
        guard let url = request.url else { return nil }
        let exchange = CapturedExchange.begin(
            request.httpMethod ?? "GET", url: url.absoluteString, fields: request.fields(adding: fields),
            route: "swift:urlsession", collector: TrainLoop.collector,
            // A session takes content codings off.
            labels: .ofTask(fileID: fileID, line: line, seesArrivals: seesArrivals, responseForm: .decoded))
        guard let exchange else { return nil }
        if let body { exchange.request(body) }
        return exchange
    }
}
