// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The TrainLoop for Swift authors

// Go's net/http: posts each file that it is given, and prints the reply.
package main

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
)

func main() {
	for _, file := range os.Args[1:] {
		body, err := os.ReadFile(file)
		if err != nil {
			log.Fatal(err)
		}
		request, err := http.NewRequest("POST", os.Getenv("TRAINLOOP_TEST_URL"), bytes.NewReader(body))
		if err != nil {
			log.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+os.Getenv("TRAINLOOP_TEST_KEY"))
		request.Header.Set("Content-Type", "application/json")
		reply, err := http.DefaultClient.Do(request)
		if err != nil {
			log.Fatal(err)
		}
		text, err := io.ReadAll(reply.Body)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("REPLY %d\n%s\nEND\n", reply.StatusCode, text)
	}
}
