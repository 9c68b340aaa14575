"""The words for a machine that could not do what was asked: its memory, its graphics card, its disk.

Of Ollama, llama.cpp, vLLM, SGLang, TGI, LM Studio, MLX, transformers (PyTorch), text-generation-webui,
koboldcpp and the systems below them. A crash of the process that runs the model counts as well, since that is
how lack of memory most often shows.
"""

_RAM = r"(?:free |available |total |system |gpu |video |device |host )*(?:v?ram|memory)"
_BACKEND = (
    r"(?:cuda|hip|rocm|rocblas|hipblas|vulkan|sycl|metal|mps|opencl|nccl|rccl|nvml|level[ -]zero|webgpu)"
)
_RUNNER = r"(?:runner|llama-server)(?: process)?"
_NOT_ITS_FAULT = r"(?!.{0,80}(?:unknown model|unsupported|invalid|missing tensor))"

_MEMORY = (
    rf"out[ -]?of[ -]?{_RAM}",
    r"outof(?:device|host)?memory|\boom\b|oom[ -]?kill",
    rf"requires? more {_RAM}|(?:not enough|insufficient) (?:{_RAM}|(?:system )?resources)",
    rf"(?:exceeds?|larger than) (?:the )?{_RAM}",
    r"(?:cannot|can't|could not|couldn't|unable to|fail(?:ed)? to) (?:re|c|m)?alloc(?:ate)?",
    r"(?:memory )?allocation (?:failed|error)|bad[ _.]alloc|failed alloc|\bMemoryError\b|\benomem\b",
    r"free memory on device|no available memory for the cache blocks",
    r"larger than the maximum number of tokens that can be stored",
)
_DEVICE = (
    rf"\b{_BACKEND}[ _-]?(?:error|failure)|\b(?:hip|cuda)error|vk_error",
    r"\bcu(?:da|blas|dnn|sparse|fft)\w{0,40}[ :]{1,4}(?:\w{1,40} ){0,3}(?:error|fail|not)",
    r"cublas_status|cudnn_status",
    r"\bmtlcommandbuffer|command buffer.{0,40}(?:fail|error)|device(?:_| is )?lost|errordevicelost",
    r"no kernel image is available|device-side assert|illegal memory access|misaligned address",
    r"unspecified launch failure|driver (?:version )?is insufficient|\bcompute error\b",
    r"no (?:\w{1,40}[ -])?(?:capable )?(?:gpu|device)s? (?:is |are |was |were )?(?:detected|found|available)",
    r"gpu (?:has fallen|is lost|hang|hung|reset)|fallen off the bus",
    r"ggml_(?:cuda|metal|vulkan|backend)\w{0,60}.{0,40}(?:fail|error|assert)",
)
_DISK = (
    r"no space left|\benospc\b|disk (?:is |was )?full|disk quota exceeded",
    r"(?:not enough|insufficient) (?:free )?(?:disk space|space|storage)",
    r"read-only file system|input/output error",
)
_CRASH = (
    r"signal: ?(?:killed|abort|segmentation|bus error|illegal instruction|floating)",
    r"\bsig(?:kill|segv|abrt|bus|ill)\b|segmentation fault|core dumped|illegal instruction",
    rf"{_RUNNER} (?:has |was )?(?:terminated|no longer running|killed|crashed){_NOT_ITS_FAULT}",
    r"timed out waiting for llama runner|model has crashed",
    r"(?:process|worker|engine|shard).{0,30}(?:was killed|\boom\b)",
    r"exit (?:code|status):? ?(?:137|139|-9|-11|0xc0000005)\b",
)
HARDWARE = "|".join((*_MEMORY, *_DEVICE, *_DISK, *_CRASH))
