// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import TrainLoopCommands

@main
struct Main {
    static func main() async {
        await TrainLoopCommands.start()
    }
}
