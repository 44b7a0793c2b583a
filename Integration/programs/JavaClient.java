// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Java's HttpClient: posts each file that it is given, and prints the reply. */
public class JavaClient {
    public static void main(String[] files) throws Exception {
        var out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        var client = HttpClient.newHttpClient();
        for (var file : files) {
            var request = HttpRequest.newBuilder(URI.create(System.getenv("TRAINLOOP_TEST_URL")))
                .version(HttpClient.Version.HTTP_1_1)
                .header("Authorization", "Bearer " + System.getenv("TRAINLOOP_TEST_KEY"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofFile(Path.of(file)))
                .build();
            var reply = client.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
            out.print("REPLY " + reply.statusCode() + "\n" + reply.body() + "\nEND\n");
        }
    }
}
