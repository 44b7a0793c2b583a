<?php
// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

// PHP's curl: posts each file that it is given, and prints the reply.
foreach (array_slice($argv, 1) as $file) {
    $call = curl_init(getenv("TRAINLOOP_TEST_URL"));
    curl_setopt_array($call, [
        CURLOPT_POSTFIELDS => file_get_contents($file),
        CURLOPT_HTTPHEADER => [
            "Authorization: Bearer " . getenv("TRAINLOOP_TEST_KEY"), "Content-Type: application/json",
        ],
        CURLOPT_RETURNTRANSFER => true,
    ]);
    $text = curl_exec($call);
    if ($text === false) {
        fwrite(STDERR, curl_error($call) . "\n");
        exit(1);
    }
    echo "REPLY ", curl_getinfo($call, CURLINFO_RESPONSE_CODE), "\n", $text, "\nEND\n";
}
