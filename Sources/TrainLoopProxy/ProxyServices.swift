// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import Logging
import TrainLoopCapture
import TrainLoopCertificates

/// What every connection of a proxy shares.
struct ProxyServices: Sendable {
    let planner: RequestPlanner
    let connector: UpstreamConnector
    let recorder: Recorder
    let authority: CertificateAuthority
    let peers: PeerProcesses
    let distrust: DistrustTable
    let logger: Logger
}
