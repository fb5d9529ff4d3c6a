# The image of tolk: one static program, nothing else, run by a user who owns
# nothing.
#
# Nothing leaves loopback until clients are configured, so `serve`, the image's
# default, answers inside its own network only: to try it on a Linux machine,
# share the host's,
#
#   docker run --rm --network host tolk
#
# and in a cluster put it beside the gateway that calls it. No network at all is
# needed to translate from stdin to stdout:
#
#   docker run --rm -i --network none tolk translate --from ffb --to fsiii < input.json

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o /tolk ./cmd/tolk

FROM scratch
COPY --from=build /tolk /tolk
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/tolk"]
CMD ["serve"]
