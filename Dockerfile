# Doujia in a container: one static binary on nothing, as a user without a name, with one volume.
#
#   docker build -t doujia . && docker run -p 8080:8080 -v doujia:/data doujia

FROM docker.io/library/rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# Linked statically, so that nothing but the binary has to be kept up to date. --target keeps the flag from build scripts.
# Without the names of functions it is a fifth smaller.
RUN target="$(rustc -vV | sed -n 's/^host: //p')" \
 && RUSTFLAGS="-C target-feature=+crt-static" cargo build --release --locked --target "$target" \
 && mkdir -p /out/data /out/tmp \
 && strip -o /out/doujia "target/$target/release/doujia"

FROM scratch
COPY --from=build --chown=10001:10001 /out /
USER 10001:10001
VOLUME /data
ENV DOUJIA_LISTEN=0.0.0.0:8080 DOUJIA_DATA=/data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["/doujia", "health"]
ENTRYPOINT ["/doujia"]
