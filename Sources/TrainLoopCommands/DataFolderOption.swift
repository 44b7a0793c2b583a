// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import ArgumentParser
import TrainLoopCapture
import TrainLoopFront
import TrainLoopQuery

/// Which data folder a reading command looks at.
struct DataFolderOption: ParsableArguments {
    @Option(
        help: "The folder with the records; else TRAINLOOP_DATA_FOLDER, the configuration file, or trainloop/data.",
        completion: .directory)
    var dataFolder: String?

    func validate() throws {
        guard dataFolder != "" else { throw ValidationError("--data-folder names no folder.") }
    }

    /// The folder, absolute.
    func folder() throws -> DataFolder {
        let workingDirectory = WorkingDirectory.path
        if let dataFolder { return DataFolder(absolutePath(dataFolder, relativeTo: workingDirectory)) }
        let configuration = try CaptureConfiguration.load(
            path: nil, workingDirectory: workingDirectory
        ) { ProcessHeritage.capture().variables[$0] }
        return DataFolder(configuration.dataFolder)
    }
}
