# The main job on a CPU: docker build -t keras_uda . && docker run -v "$PWD/results:/results" keras_uda --steps 300
# What follows the name of the image are flags of `keras-uda train`. `.ci/run` takes the same steps; the image itself was not built here.
FROM python:3.11-slim
COPY . /keras_uda
RUN /keras_uda/.ci/install
WORKDIR /results
ENTRYPOINT ["/keras_uda/.ci/job"]
