// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

/// Writer: chat completions at an address of their own.
///
/// Source: https://dev.writer.com/api-reference/completion-api/chat-completion
enum Writer {
    static let parser = ChatCompletions.parser.served { line in
        line.isPost(toPathEndingIn: "/v1/chat") && ASCII.hasSuffix(line.host, "api.writer.com")
    }
}
