"""A bare gRPC echo server: what the same Python, gRPC and threads do with no platform in between. Prints its port."""

from concurrent.futures import ThreadPoolExecutor

import grpc

METHOD = "/bench.Echo/Echo"
THREADS = 4


def main() -> None:
    """Serves until killed."""
    echo: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(lambda request, _: request)
    server = grpc.server(ThreadPoolExecutor(THREADS))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("bench.Echo", {"Echo": echo}),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    main()
