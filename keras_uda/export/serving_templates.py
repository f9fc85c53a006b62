"""Texts of a serving folder; `@MODEL@` and `@CORES@` are filled in."""

MODELS = """\
# --model_config_file of TensorFlow Serving. The highest version is served. To pin versions or name them:
#   model_version_policy { specific { versions: 1 versions: 2 } }
#   version_labels { key: "stable" value: 1 }
#   version_labels { key: "canary" value: 2 }
model_config_list {
  config {
    name: "@MODEL@"
    base_path: "/models/@MODEL@"
    model_platform: "tensorflow"
  }
}
"""

BATCHING = """\
# --batching_parameters_file: requests of all clients to one signature are joined. A file that cannot be decoded fails
# alone (`error` of `encoded`); frames of another size than the network's, sent to `serving_default`, fail their batch.
# Images are large: small batches, a bounded queue.
max_batch_size { value: 8 }
batch_timeout_micros { value: 2000 }
num_batch_threads { value: @CORES@ }
max_enqueued_batches { value: 64 }
allowed_batch_sizes: 1
allowed_batch_sizes: 2
allowed_batch_sizes: 4
allowed_batch_sizes: 8
"""

MONITORING = """\
# --monitoring_config_file. Prometheus reads http://HOST:8501/monitoring/prometheus/metrics
prometheus_config { enable: true path: "/monitoring/prometheus/metrics" }
"""

COMPOSE = """\
# docker compose up. Ports are open on this host only; put a proxy with authentication before them for others.
services:
  @MODEL@:
    image: tensorflow/serving:latest
    ports: ["127.0.0.1:8500:8500", "127.0.0.1:8501:8501"]
    volumes: [".:/models:ro"]
    entrypoint: ["tensorflow_model_server"]
    command:
      - --port=8500
      - --rest_api_port=8501
      - --model_config_file=/models/models.config
      - --model_config_file_poll_wait_seconds=30
      - --allow_version_labels_for_unavailable_models=true
      - --enable_batching=true
      - --batching_parameters_file=/models/batching.config
      - --monitoring_config_file=/models/monitoring.config
    restart: unless-stopped
"""

README = """\
`docker compose up` serves `@MODEL@` on ports 8500 (gRPC) and 8501 (REST); new versions in `@MODEL@/` load by themselves.
`python -m keras_uda predict --input drive.mp4 --server http://localhost:8501 --output out.mp4`
`echo '{"signature_name":"encoded","instances":[{"image_bytes":{"b64":"'$(base64 -w0 a.jpg)'"}}]}' | curl -s -d @- localhost:8501/v1/models/@MODEL@:predict` answers with a PNG of class indices in base64.
Signatures: `serving_default` (uint8 frames), `encoded` (JPEG/PNG files, any sizes), `about` (classes, palette, size).
Requests are batched together; a file that cannot be decoded fails alone: its `error` is not 0 (`errors` in `about` says what), and its map is empty.
"""  # noqa: E501
