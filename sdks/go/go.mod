module kanda.example/kanda

go 1.22
